import type { en } from "../en/index.ts";

export const home: typeof en.home = {
  home: "首页",
  available: "可用",
  reserved: "已预留",
  spent: "已花费",
  running: "正在运行",
  nothingRuns: "没有排队或运行中的任务。",
  latestModels: "最新模型",
  allModels: "所有模型",
  yourFirstModel: "您的第一个模型",
  stepData: "上传表格、图片、文本、录音或时间序列。",
  stepPrice: "选择架构并查看价格，费用绝不超过上限。",
  stepWatch: "观看它学习，然后用您自己的输入试用模型。",
  begin: "开始",
  yourRoleReads: "您的角色只能查看；组织成员可以启动任务。",
};
