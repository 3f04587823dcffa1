import type { en } from "../en/index.ts";

export const billing: typeof en.billing = {
  available: "可用",
  mayBeSpentOn: "可用于新任务",
  reserved: "已预留",
  heldForJobsUp: "按任务费用上限预留；未用部分会退回",
  spent: "已花费",
  billedForKeptWork: "迄今为保留下来的训练成果支付的费用",
  billing: "账单",
  usage: "用量",
  ledger: "流水账",
  creditsAndChargesWill: "充值和扣费会显示在这里。",
  theLedgerIsEmpty: "还没有流水",
  when: "时间",
  what: "内容",
  wallet: "钱包",
  trainingIsBilledPer: "训练按秒计费，且仅在检查点或模型保存了成果之后。",
  nothingUsedYet: "还没有用量",
  job: "任务",
  pool: "资源池",
  from: "开始",
  slots: "槽位",
  seconds: "秒",
  perSlotSecond: "每槽位每秒",
  amount: "金额",
  amountsAreRoundedOnce:
    "金额按“尝试 × 价格”只舍入一次，因此单行可能与 槽位 × 秒 × 单价 相差百万分之一。任务账单上的数字完全相符。",
};
