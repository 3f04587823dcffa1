import { Badge, Button, Checkbox, Group, Progress, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { useMay } from "../../auth/me.ts";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { typedMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { type Budget, useBudgets, useCreateBudget, useDeleteBudget, useWallet } from "./queries.ts";

/** What a month may cost: alerts on the way, and where it is hard, jobs that stop before it is passed. */
export function Budgets() {
  const budgets = useBudgets();
  const mayManage = useMay("billing.manage");
  return (
    <Stack gap="lg" p="lg">
      {mayManage && <NewBudget />}
      <Rows
        query={budgets}
        empty={<Empty title={t("billing.noBudgets")}>{t("billing.whatBudgetsDo")}</Empty>}
      >
        {(rows) => rows.map((budget) => <BudgetRow key={budget.id} budget={budget} />)}
      </Rows>
    </Stack>
  );
}

function BudgetRow({ budget }: { budget: Budget }) {
  const currency = useWallet().data?.currency;
  const remove = useDeleteBudget();
  const share = Number(budget.amount) > 0 ? (Number(budget.spent) / Number(budget.amount)) * 100 : 0;
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="sm">
        <Group gap="xs">
          <Text fw={550} size="sm">
            {budget.name}
          </Text>
          {budget.is_hard && <Badge color="yellow">{t("billing.hard")}</Badge>}
        </Group>
        <Group gap="sm">
          {currency && (
            <Text size="sm" className="figures">
              <Money amount={budget.spent} currency={currency} /> /{" "}
              <Money amount={budget.amount} currency={currency} />
            </Text>
          )}
          {budget.allowed_actions.includes("delete") && (
            <Button
              size="compact-sm"
              variant="default"
              loading={remove.isPending}
              onClick={() => remove.mutate(budget.id)}
              aria-label={t("billing.removeBudget", { name: budget.name })}
            >
              {t("billing.remove")}
            </Button>
          )}
        </Group>
      </Group>
      <Progress
        value={Math.min(share, 100)}
        color={share >= 100 ? "red" : "signal"}
        aria-label={t("billing.usedOf", { name: budget.name })}
      />
      {remove.isError && <ProblemAlert error={remove.error} />}
    </Stack>
  );
}

function NewBudget() {
  const [name, setName] = useState("");
  const [amount, setAmount] = useState("");
  const [isHard, setHard] = useState(false);
  const create = useCreateBudget();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const done = () => {
      setName("");
      setAmount("");
    };
    create.mutate({ name: name.trim(), amount: typedMoney(amount), is_hard: isHard }, { onSuccess: done });
  };
  const problem = create.error ? asProblem(create.error) : undefined;
  return (
    <Stack component="form" onSubmit={submit} gap="sm">
      {problem && !["name", "amount"].some((field) => problem.field(field)) && (
        <ProblemAlert error={problem} />
      )}
      <Group align="flex-start" gap="sm">
        <TextInput
          w={{ base: "100%", xs: "auto" }}
          label={t("billing.name")}
          required
          withAsterisk={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problem?.field("name")}
        />
        <TextInput
          w={{ base: "100%", xs: "auto" }}
          label={t("billing.aMonth")}
          inputMode="decimal"
          required
          withAsterisk={false}
          value={amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
          error={problem?.field("amount")}
        />
        <Checkbox
          mt={{ base: 0, xs: 32 }}
          label={t("billing.stopJobs")}
          checked={isHard}
          onChange={(event) => setHard(event.currentTarget.checked)}
        />
        <Button type="submit" mt={{ base: 0, xs: 25 }} loading={create.isPending}>
          {t("billing.setBudget")}
        </Button>
      </Group>
    </Stack>
  );
}
