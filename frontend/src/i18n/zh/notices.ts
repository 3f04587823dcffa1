import type { notices as english } from "../en/notices.ts";

export const notices: typeof english = {
  none: "还没有消息。任务结束或停止、数据被拒绝以及与费用有关的事项会显示在这里。",
  unread: "未读",
  jobSucceeded: "{name} 已完成。",
  jobFailed: "{name} 失败：{message}",
  jobPaused: "{name} 已暂停：{reason}。",
  dataRejected: "{filename} 未通过检查，查看需要修正的内容。",
  importFailed: "无法获取 {filename}。",
  budgetAlerted: "预算 {name} 已使用 {percent}%：{amount} 中的 {spent}。",
  lowBalance: "钱包余额为 {balance}。",
  invoiceFinalized: "账单 {number} 已生成：{total}。",
  invoiceOverdue: "账单 {number} 尚未付款：应付 {due}。",
  memberJoined: "{email} 已加入组织。",
  workerLost: "资源池 {pool} 的工作节点 {name} 已失联。",
  workerQuarantined: "资源池 {pool} 的工作节点 {name} 已停用。{reason}",
};
