(* control: Control.md has no heading for it *)
(* prose: ## T1.1, T10, XT1 *)
Theorem shown n : n = n + 0. Proof. exact (plus_n_O n). Qed.
