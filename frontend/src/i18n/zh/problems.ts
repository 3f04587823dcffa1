import type { en } from "../en/index.ts";

export const problems: typeof en.problems = {
  trainyardCannotBeReached: "无法连接 Trainyard。",
  checkYourConnectionWhat: "请检查网络连接；正在运行的任务不受影响。",
  theServerAnsweredWith: "服务器返回了状态码 {status}。",
  tryAgainInA: "请稍后再试。",
  tooManyAttempts: "尝试次数过多。",
  waitAFewMinutes: "请等几分钟后再试。",
  theServerRefusedThe: "服务器拒绝了登录，状态码 {status}。",
  theUploadWasStopped: "上传已停止。",
  confirmItIsYou: "请确认是您本人。",
  youAreNotLogged: "您尚未登录。",
};
