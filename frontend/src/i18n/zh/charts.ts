import type { en } from "../en/index.ts";

export const charts: typeof en.charts = {
  axis: "横轴",
  steps: "步数",
  epochs: "轮次",
  time: "时间",
  atStep: "第 {{value}} 步",
  atEpoch: "第 {{value}} 轮",
  afterTime: "{{value}} 后",
  smoothing: "平滑",
  showAll: "显示全部",
  hideOrShow: "隐藏或显示 {{label}}",
  andMore: "还有 {{number}} 条",
  outliersToo: "{{title}}：也显示极端离群值",
  logarithmic: "{{title}}：对数刻度",
  fullScreen: "{{title}}：全屏",
  download: "{{title}}：下载",
  asPng: "图片（PNG）",
  asSvg: "矢量图（SVG）",
  asCsv: "全部数据点（CSV）",
  noPointsYet: "还没有数据点",
  summary: "{{title}} 随训练的变化。最新值：{{summary}}。",
};
