import { useLocalStorage } from "@mantine/hooks";

export interface SavedView {
  name: string;
  search: string;
}

/** Views of the list of jobs that this browser keeps. */
export function useSavedViews() {
  const [views, setViews] = useLocalStorage<SavedView[]>({ key: "trainyard.job-views", defaultValue: [] });
  const save = (view: SavedView) => setViews([...views.filter(({ name }) => name !== view.name), view]);
  const remove = (name: string) => setViews(views.filter((view) => view.name !== name));
  return { views, save, remove };
}

const LAST = "trainyard.jobs-view";

/** The view of the jobs that was looked at last, for the way back to it. */
export const lastView = (): string => sessionStorage.getItem(LAST) ?? "";

export const rememberView = (search: string): void => sessionStorage.setItem(LAST, search);
