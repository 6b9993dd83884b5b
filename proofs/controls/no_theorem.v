(* control: Control.shown is no theorem *)
Lemma shown n : n = n + 0. Proof. exact (plus_n_O n). Qed.
