/** Changed jobs put into the pages of a list that were read before. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Schemas } from "../../../api/client.ts";
import type { Job } from "../queries.ts";
import { isShown, type JobView } from "./view.ts";

export type JobPages = InfiniteData<Schemas["JobPage"], string>;

/**
 * Jobs that are shown are replaced; those that the view no longer lets pass go, and new ones come first where the newest
 * do. Of any other order the answer stays, until it is read anew.
 */
export function merged(pages: JobPages, changed: readonly Job[], view: JobView): JobPages {
  if (changed.length === 0) return pages;
  const news = new Map(changed.map((job) => [job.id, job]));
  const known = new Set<string>();
  let gone = 0;
  const kept = pages.pages.map((page) => {
    const data = page.data.flatMap((job) => {
      known.add(job.id);
      const now = news.get(job.id);
      if (!now) return [job];
      if (isShown(now, view)) return [now];
      gone += 1;
      return [];
    });
    return { ...page, data };
  });
  const newest = view.sort === "" || view.sort === "-created_at";
  const first = pages.pages[0]?.data[0]?.created_at ?? "";
  const fresh = newest
    ? changed.filter((job) => !known.has(job.id) && job.created_at > first && isShown(job, view))
    : [];
  fresh.sort((a, b) => (a.id < b.id ? 1 : -1));
  const [head, ...rest] = kept;
  if (!head) return pages;
  const total = head.total === null ? null : head.total + fresh.length - gone;
  return { ...pages, pages: [{ ...head, total, data: [...fresh, ...head.data] }, ...rest] };
}
