import type { en } from "../en/index.ts";

export const compare: typeof en.compare = {
  title: "比较训练",
  run: "训练",
  runs: "各次训练",
  curves: "曲线",
  metric: "指标",
  parallel: "设置与结果",
  parallelOf: "每次训练一条线，轴为 {axes}",
  show: "绘制 {name}",
  ofAll: "全部 {number} 次的均值 ± 标准差",
  onlySoMany: "只比较前 {most} 次训练。",
  nothing: "这些任务都不存在",
  sameSettings: "这些训练的设置相同。",
};
