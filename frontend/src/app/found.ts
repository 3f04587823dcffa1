/** What a name typed into the palette finds: jobs, data, models; for operators tenants. */
import type { SpotlightActionGroupData } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, unwrap } from "../api/client.ts";
import { type Me, useMay } from "../auth/me.ts";
import { t } from "../i18n/index.ts";
import { paths } from "./paths.ts";

const MOST = 5;
/** Of lists that cannot be searched by name so many rows are looked through. */
const NEWEST = 200;

interface Named {
  id: string;
  name: string;
}

interface Source {
  group: string;
  to: (id: string) => string;
  find: (search: string) => Promise<Named[]>;
}

const named = <Row extends Named>(rows: Row[], search: string): Row[] =>
  rows.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase())).slice(0, MOST);

const SOURCES = {
  jobs: {
    group: t("shell.jobs"),
    to: paths.job,
    find: async (search) =>
      (await unwrap(api.GET("/api/v1/jobs", { params: { query: { search, limit: MOST } } }))).data,
  },
  data: {
    group: t("shell.data"),
    to: paths.dataset,
    find: async (search) =>
      named(
        (await unwrap(api.GET("/api/v1/datasets", { params: { query: { limit: NEWEST } } }))).data,
        search,
      ),
  },
  models: {
    group: t("shell.models"),
    to: paths.model,
    find: async (search) =>
      named((await unwrap(api.GET("/api/v1/models", { params: { query: { limit: NEWEST } } }))).data, search),
  },
  tenants: {
    group: t("shell.tenants"),
    to: paths.tenant,
    find: async (search) =>
      (await unwrap(api.GET("/api/v1/admin/organizations", { params: { query: { search, limit: MOST } } })))
        .data,
  },
} satisfies Record<string, Source>;

function useSource(name: keyof typeof SOURCES, search: string, enabled: boolean) {
  return useQuery<Named[]>({
    queryKey: ["palette", name, search],
    queryFn: () => SOURCES[name].find(search),
    enabled: enabled && search.length > 0,
  });
}

export function useFound(me: Me | undefined, search: string): SpotlightActionGroupData[] {
  const navigate = useNavigate();
  const queries = {
    jobs: useSource("jobs", search, useMay("jobs.read")),
    data: useSource("data", search, useMay("datasets.read")),
    models: useSource("models", search, useMay("models.read")),
    tenants: useSource("tenants", search, me?.is_operator ?? false),
  };
  return (Object.keys(SOURCES) as (keyof typeof SOURCES)[]).flatMap((name) => {
    const rows = search ? (queries[name].data ?? []) : [];
    if (rows.length === 0) return [];
    const actions = rows.map(({ id, name: label }) => ({
      id: `found:${id}`,
      label,
      onClick: () => void navigate(SOURCES[name].to(id)),
    }));
    return [{ group: SOURCES[name].group, actions }];
  });
}
