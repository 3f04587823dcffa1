import { SegmentedControl, TextInput } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { t } from "../../i18n/index.ts";
import { type Kind, useCreateEndpoint, useEventTypes } from "./queries.ts";
import { Secret } from "./Secret.tsx";
import { KINDS } from "./words.ts";
import { LazyMultiSelect } from "../../components/LazySelect.tsx";

const CHOICES = Object.entries(KINDS).map(([value, label]) => ({ value, label }));
const isKind = (value: string): value is Kind => value in KINDS;

export function NewEndpointDialog({ onClose }: { onClose: () => void }) {
  const [kind, setKind] = useState<Kind>("webhook");
  const [address, setAddress] = useState("");
  const [description, setDescription] = useState("");
  const [events, setEvents] = useState<string[]>(["job.*"]);
  const types = useEventTypes();
  const create = useCreateEndpoint();
  const submit = () => {
    create.mutate(
      { kind, address: address.trim(), events, description: description.trim() },
      {
        onSuccess: ({ secret }) => {
          if (!secret) onClose();
        },
      },
    );
  };
  const problem = create.error ? asProblem(create.error) : undefined;
  const ofField = (...names: string[]) => names.map((name) => problem?.field(name)).find(Boolean);
  const shown = ofField("url", "email", "events", "description");
  if (create.data?.secret) {
    return <Secret secret={create.data.secret} title={t("webhooks.added")} onClose={onClose} />;
  }
  return (
    <FormDialog
      title={t("webhooks.add")}
      confirm={t("webhooks.add")}
      busy={create.isPending}
      error={shown ? null : problem}
      onClose={onClose}
      onSubmit={submit}
    >
      <SegmentedControl
        aria-label={t("webhooks.kind")}
        data={CHOICES}
        value={kind}
        onChange={(value) => {
          if (isKind(value)) setKind(value);
        }}
      />
      <TextInput
        label={kind === "email" ? t("webhooks.email") : t("webhooks.url")}
        description={kind === "email" ? t("webhooks.emailOfMember") : undefined}
        type={kind === "email" ? "email" : "url"}
        required
        withAsterisk={false}
        value={address}
        onChange={(event) => setAddress(event.currentTarget.value)}
        error={ofField("url", "email")}
        data-autofocus
      />
      <LazyMultiSelect
        label={t("webhooks.events")}
        description={t("webhooks.eventsHelp")}
        data={types.data?.filters ?? events}
        value={events}
        onChange={setEvents}
        searchable
        error={ofField("events")}
      />
      <TextInput
        label={t("webhooks.description")}
        maxLength={200}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={ofField("description")}
      />
    </FormDialog>
  );
}
