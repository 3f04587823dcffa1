export const format = {
  milliseconds: "{n} ms",
  seconds: "{n} s",
  minutesSeconds: "{minutes} min {seconds} s",
  hoursMinutes: "{hours} h {minutes} min",
  daysHours: "{days} d {hours} h",
  aFewSeconds: "A few seconds",
  aboutSeconds: "About {n} s",
  aboutMinutes: "About {n} min",
  about: "About {duration}",
  justNow: "just now",
};
