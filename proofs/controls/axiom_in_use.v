(* control: declared none, uses *)
Require Import Classical.
Theorem shown n : n = n + 0.
Proof. destruct (classic (n = n + 0)) as [e | ne]; [exact e | exfalso; apply ne; exact (plus_n_O n)]. Qed.
