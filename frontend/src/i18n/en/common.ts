export const common = {
  loading: "Loading",
  trainyard: "{title} · Trainyard",
  tryAgain: "Try again",
  request: "Request {requestId}",
  showMore: "Show more",
  notJson: "This is not JSON.",
  keepIt: "Keep it",
  close: "Close",
  partsOfThePage: "Parts of this page",
  copy: "Copy",
  copied: "Copied",
  iHaveKeptIt: "I have kept it",
};
