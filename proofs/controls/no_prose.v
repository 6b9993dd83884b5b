(* control: Control.md does not exist *)
(* prose: none *)
Theorem shown n : n = n + 0. Proof. exact (plus_n_O n). Qed.
