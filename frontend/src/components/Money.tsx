import { exactMoney, shortMoney } from "../format/money.ts";

interface Props {
  amount: string;
  currency: string;
  exact?: boolean;
}

/** An amount; in a column of a bill `exact`, else short with the exact amount on hover. */
export function Money({ amount, currency, exact = false }: Props) {
  const full = exactMoney(amount, currency);
  return (
    <span className="figures" title={exact ? undefined : full}>
      {exact ? full : shortMoney(amount, currency)}
    </span>
  );
}
