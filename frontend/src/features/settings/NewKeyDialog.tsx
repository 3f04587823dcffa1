import { Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { DialogForm } from "../../components/FormDialog.tsx";
import { useMe } from "../../auth/me.ts";
import { type Role, roleMeaning, roleName } from "../../words/roles.ts";
import { asProblem } from "../../api/problem.ts";
import { type Scope, useCreateKey } from "./queries.ts";
import { scopeName, SCOPES } from "./scopes.ts";
import { typedMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { ShownOnce } from "../../components/ShownOnce.tsx";
import { LazyModal } from "../../components/LazyModal.tsx";
import { LazyMultiSelect, LazySelect } from "../../components/LazySelect.tsx";

export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const create = useCreateKey();
  const choices = (useMe().data?.grantable_roles ?? []).map((one) => ({
    value: one,
    label: t("settings.roleMeaning", { role: roleName(one), meaning: roleMeaning(one) }),
  }));
  const secret = create.data?.secret;

  const [scopes, setScopes] = useState<Scope[]>([]);
  const [cap, setCap] = useState("");
  const [until, setUntil] = useState("");
  const submit = () => {
    create.mutate({
      name: name.trim(),
      role,
      scopes: scopes.length > 0 ? scopes : null,
      monthly_cap: cap.trim() ? typedMoney(cap) : null,
      expires_at: until ? new Date(`${until}T23:59:59`).toISOString() : null,
    });
  };
  const problem = create.error ? asProblem(create.error) : undefined;
  const onFields = ["monthly_cap", "expires_at", "scopes"].some((field) => problem?.field(field));
  return (
    <LazyModal
      opened
      onClose={onClose}
      title={secret ? t("settings.yourNewKey") : t("settings.newApiKey")}
      centered
      closeOnClickOutside={!secret}
    >
      {secret ? (
        <ShownOnce secret={secret} onClose={onClose}>
          {t("settings.thisIsTheOnly")}
        </ShownOnce>
      ) : (
        <DialogForm
          confirm={t("settings.createTheKey")}
          busy={create.isPending}
          error={onFields ? null : problem}
          onClose={onClose}
          onSubmit={submit}
        >
          <TextInput
            label={t("settings.name")}
            description={t("settings.whereItWillBe")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            required
            withAsterisk={false}
            maxLength={120}
            data-autofocus
          />
          <LazySelect
            label={t("settings.role")}
            data={choices}
            value={role}
            onChange={(value) => value && setRole(value)}
            allowDeselect={false}
          />
          <LazyMultiSelect
            label={t("settings.scopes")}
            description={t("settings.scopesHelp")}
            data={SCOPES.map((scope) => ({ value: scope, label: scopeName(scope) }))}
            value={scopes}
            onChange={(chosen) => setScopes(SCOPES.filter((scope) => chosen.includes(scope)))}
            error={problem?.field("scopes")}
            searchable
            clearable
          />
          <Group gap="sm" align="flex-start" grow>
            <TextInput
              label={t("settings.monthlyCap")}
              description={t("settings.monthlyCapHelp")}
              inputMode="decimal"
              value={cap}
              onChange={(event) => setCap(event.currentTarget.value)}
              error={problem?.field("monthly_cap")}
            />
            <TextInput
              type="date"
              label={t("settings.expires")}
              description={t("settings.expiresHelp")}
              value={until}
              onChange={(event) => setUntil(event.currentTarget.value)}
              error={problem?.field("expires_at")}
            />
          </Group>
        </DialogForm>
      )}
    </LazyModal>
  );
}
