(* control: theorem not in ledger.toml *)
Theorem shown n : n = n + 0. Proof. exact (plus_n_O n). Qed.
Theorem other : True. Proof. exact I. Qed.
