import type { en } from "../en/index.ts";

export const common: typeof en.common = {
  backTo: "返回{list}",
  loading: "加载中",
  trainyard: "{title} · Trainyard",
  tryAgain: "重试",
  request: "请求 {requestId}",
  showMore: "显示更多",
  notJson: "这不是 JSON。",
  keepIt: "保留",
  notNow: "暂不",
  close: "关闭",
  partsOfThePage: "本页各部分",
  copy: "复制",
  copied: "已复制",
  iHaveKeptIt: "我已保存",
};
