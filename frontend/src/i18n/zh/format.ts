import type { en } from "../en/index.ts";

export const format: typeof en.format = {
  milliseconds: "{n} 毫秒",
  seconds: "{n} 秒",
  minutesSeconds: "{minutes} 分 {seconds} 秒",
  hoursMinutes: "{hours} 小时 {minutes} 分",
  daysHours: "{days} 天 {hours} 小时",
  aFewSeconds: "几秒钟",
  aboutSeconds: "约 {n} 秒",
  aboutMinutes: "约 {n} 分钟",
  about: "约 {duration}",
  justNow: "刚刚",
};
