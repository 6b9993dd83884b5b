(* control: statements.expected differs *)
Theorem shown n : n = 0 -> n = n + 0. Proof. intros _. exact (plus_n_O n). Qed.
