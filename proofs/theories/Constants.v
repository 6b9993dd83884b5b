(* Complexity of the pure p-spin model below the threshold energy             *)
(*                                                                            *)
(* Ids         T8.3, T8.4, T8.7, T8.8, T13.1, T13.2                           *)
(* Reference   Auffinger, Ben Arous, Cerny (2013), theorem 2.5 (the formula is *)
(*             taken as the definition); Choromanska et al. (2015).           *)
(* Notation    einf p       threshold energy 2 sqrt((p - 1) / p)              *)
(*             rate E u     I_1(u), the cost of one eigenvalue, u <= - E      *)
(*             theta p k u  complexity of critical points of index k at       *)
(*                          energy u; its zero below - einf p is - E_k(p)     *)
From Coq Require Import Reals Lra Ranalysis5.
From Coquelicot Require Import Coquelicot.
From mathcomp Require Import ssreflect ssrfun ssrbool.
From Hessian Require Import FiniteIndex.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Local Open Scope R_scope.

Definition einf (p : R) : R := 2 * sqrt ((p - 1) / p).

Definition rate (E u : R) : R :=
  - (u / E ^ 2) * sqrt (u ^ 2 - E ^ 2) - ln (- u + sqrt (u ^ 2 - E ^ 2)) + ln E.

Definition theta (p : R) (k : nat) (u : R) : R :=
  ln (p - 1) / 2 - (p - 2) / (4 * (p - 1)) * u ^ 2 - (INR k + 1) * rate (einf p) u.

Lemma einf_sqr p : 1 < p -> einf p ^ 2 = 4 * (p - 1) / p.
Proof.
move=> p1; rewrite /einf Rpow_mult_distr -(Rsqr_pow2 (sqrt _)) Rsqr_sqrt; first by field; lra.
by apply: Rlt_le; apply: Rdiv_lt_0_compat; lra.
Qed.

Lemma einf_gt0 p : 1 < p -> 0 < einf p.
Proof.
move=> p1; apply: Rmult_lt_0_compat; first lra.
by apply: sqrt_lt_R0; apply: Rdiv_lt_0_compat; lra.
Qed.

Section Rate.

Variable E : R.
Hypothesis E_gt0 : 0 < E.

Lemma rate_edge : rate E (- E) = 0.
Proof.
rewrite /rate (_ : (- E) ^ 2 - E ^ 2 = 0); last by ring.
by rewrite sqrt_0 Ropp_involutive Rplus_0_r; ring.
Qed.

Lemma square_gt0 u : u < - E -> 0 < u ^ 2 - E ^ 2.
Proof. by move=> uE; nra. Qed.

Theorem rate_derive u : u < - E -> is_derive (rate E) u (- (2 / E ^ 2) * sqrt (u ^ 2 - E ^ 2)).
Proof.
move=> uE; have s2 := square_gt0 uE; have s0 := sqrt_lt_R0 _ s2.
have sE : sqrt (u ^ 2 - E ^ 2) ^ 2 = u ^ 2 - E ^ 2 by rewrite -Rsqr_pow2 Rsqr_sqrt; lra.
have fold : u * (u * 1) + - (E * (E * 1)) = u ^ 2 - E ^ 2 by ring.
rewrite /rate; auto_derive; rewrite !fold; first by repeat split => //; lra.
move: s0 sE; move: (sqrt (u ^ 2 - E ^ 2)) => s s0 sE.
have E2 : E ^ 2 = u ^ 2 - s ^ 2 by rewrite sE; ring.
have E2pos := pow_lt E 2 E_gt0; have EN : u ^ 2 - s ^ 2 <> 0 by lra.
have fold2 : E * (E * 1) = u ^ 2 - s ^ 2 by rewrite -E2; ring.
by rewrite fold2 E2; field; repeat split => //; lra.
Qed.

Lemma rate_continuous u : u <= - E -> continuous (rate E) u.
Proof.
move=> uE; have c2 : continuous (fun z => z ^ 2 - E ^ 2) u.
  by apply: ex_derive_continuous; auto_derive.
have cs : continuous (fun z => sqrt (z ^ 2 - E ^ 2)) u.
  apply: (continuous_comp (fun z => z ^ 2 - E ^ 2) sqrt) => //.
  exact: continuous_sqrt.
have cl : continuous (fun z => - z + sqrt (z ^ 2 - E ^ 2)) u.
  apply: (continuous_plus (fun z => - z)) => //.
  by apply: ex_derive_continuous; auto_derive.
apply: (continuous_plus (fun z => - (z / E ^ 2) * sqrt (z ^ 2 - E ^ 2)
                                   - ln (- z + sqrt (z ^ 2 - E ^ 2))) (fun=> ln E)).
  apply: (continuous_minus (fun z => - (z / E ^ 2) * sqrt (z ^ 2 - E ^ 2))).
    apply: (continuous_mult (fun z => - (z / E ^ 2))) => //.
    by apply: ex_derive_continuous; auto_derive.
  apply: (continuous_comp (fun z => - z + sqrt (z ^ 2 - E ^ 2)) ln) => //.
  apply: ex_derive_continuous; auto_derive.
  have := sqrt_pos (u ^ 2 - E ^ 2); lra.
exact: continuous_const.
Qed.

(* T13.2: the closed form is the integral of the large-deviation density. *)
Theorem rate_integral u :
  u <= - E -> rate E u = RInt (fun z => 2 / E ^ 2 * sqrt (z ^ 2 - E ^ 2)) u (- E).
Proof.
move=> uE; set g := fun z => _.
have gc z : continuous g z.
  apply: (continuous_mult (fun=> 2 / E ^ 2)); first exact: continuous_const.
  apply: (continuous_comp (fun z => z ^ 2 - E ^ 2) sqrt); last exact: continuous_sqrt.
  by apply: ex_derive_continuous; auto_derive.
have gi a b : ex_RInt g a b by apply: ex_RInt_continuous => z _; apply: gc.
pose D z := rate E z - RInt g z (- E).
have D_edge : D (- E) = 0 by rewrite /D rate_edge RInt_point /zero /=; lra.
have Gd z : is_derive (fun y => RInt g y (- E)) z (- g z).
  apply: (is_derive_RInt' g _ z (- E)); last exact: gc.
  by apply: filter_forall => y; apply: RInt_correct.
have Dd z : z < - E -> is_derive D z 0.
  move=> zE; have := is_derive_minus _ _ _ _ _ (rate_derive zE) (Gd z).
  rewrite (_ : minus _ _ = 0) //; rewrite /minus /plus /opp /g /=; lra.
have Dc z : z <= - E -> continuous D z.
  move=> zE; apply: (continuous_minus (rate E)); first exact: rate_continuous.
  by apply: ex_derive_continuous; exists (- g z).
have [c [_ diff]] : exists c, Rmin u (- E) <= c <= Rmax u (- E) /\ D (- E) - D u = 0 * (- E - u).
  apply: (MVT_gen D u (- E) (fun=> 0)); rewrite Rmin_left // Rmax_right // => z zI.
    by apply: Dd; lra.
  by apply/continuity_pt_filterlim; apply: Dc; lra.
have : D u = 0 by lra.
by rewrite /D => Du; apply: Rminus_diag_uniq.
Qed.

End Rate.

(* e = E_k(p): the only zero of theta p k below the threshold, at u = - e. *)
Definition is_zero (p : R) (k : nat) (e : R) : Prop :=
  theta p k (- e) = 0 /\
  (forall u, u < - e -> theta p k u < 0) /\
  (forall u, - e < u < - einf p -> 0 < theta p k u).

Section Theta.

Variables (p : R) (k : nat).
Hypothesis p_ge2 : 2 <= p.

Let p_gt1 : 1 < p. Proof. lra. Qed.
Let E_gt0 := einf_gt0 p_gt1.

Definition dtheta (u : R) : R :=
  - ((p - 2) / (2 * (p - 1)) * u) + (INR k + 1) * (2 / einf p ^ 2 * sqrt (u ^ 2 - einf p ^ 2)).

Lemma theta_derive u : u < - einf p -> is_derive (theta p k) u (dtheta u).
Proof.
move=> uE; have rd := rate_derive E_gt0 uE.
have -> : dtheta u = minus (- ((p - 2) / (2 * (p - 1)) * u))
                           ((INR k + 1) * (- (2 / einf p ^ 2) * sqrt (u ^ 2 - einf p ^ 2))).
  by rewrite /dtheta /minus /plus /opp /=; ring.
apply: (is_derive_minus (fun u => ln (p - 1) / 2 - (p - 2) / (4 * (p - 1)) * u ^ 2)).
  by auto_derive => //; field; lra.
exact: is_derive_scal.
Qed.

Lemma dtheta_gt0 u : u < - einf p -> 0 < dtheta u.
Proof.
move=> uE; have s0 := sqrt_lt_R0 _ (square_gt0 E_gt0 uE).
have c0 : 0 <= (p - 2) / (2 * (p - 1)) by apply: Rdiv_le_0_compat; lra.
have E2 : 0 < 2 / einf p ^ 2 by apply: Rdiv_lt_0_compat; [lra|apply: pow_lt].
have k0 := pos_INR k; have es := Rmult_lt_0_compat _ _ E2 s0.
have ks : 0 < (INR k + 1) * (2 / einf p ^ 2 * sqrt (u ^ 2 - einf p ^ 2)).
  by apply: Rmult_lt_0_compat => //; lra.
rewrite /dtheta; suff : 0 <= (p - 2) / (2 * (p - 1)) * - u by lra.
by apply: Rmult_le_pos => //; have := E_gt0; lra.
Qed.

Theorem theta_incr u v : u < v -> v < - einf p -> theta p k u < theta p k v.
Proof.
move=> uv vE.
have deriv c : u <= c <= v -> derivable_pt_lim (theta p k) c (dtheta c).
  by move=> cuv; apply/is_derive_Reals; apply: theta_derive; lra.
case: (MVT_cor2 (theta p k) dtheta u v uv deriv) => c [diff cuv].
have c_pos : 0 < dtheta c by apply: dtheta_gt0; lra.
have : 0 < dtheta c * (v - u) by apply: Rmult_lt_0_compat; lra.
lra.
Qed.

Theorem theta_zero_unique u v :
  u < - einf p -> v < - einf p -> theta p k u = 0 -> theta p k v = 0 -> u = v.
Proof.
move=> uE vE tu tv; case: (Rtotal_order u v) => [uv|[//|vu]].
  by have := theta_incr uv vE; lra.
by have := theta_incr vu uE; lra.
Qed.

(* A change of sign encloses the zero, and there is no other. *)
Theorem zero_enclosed lo hi :
  einf p < lo -> lo < hi -> theta p k (- hi) < 0 -> 0 < theta p k (- lo) ->
  exists2 e, lo < e < hi & is_zero p k e.
Proof.
move=> Elo lohi neg pos.
have cont z : - hi <= z <= - lo -> continuity_pt (theta p k) z.
  move=> zI; apply/continuity_pt_filterlim; apply: ex_derive_continuous.
  by exists (dtheta z); apply: theta_derive; lra.
case: (IVT_interv _ _ _ cont _ neg pos) => [|z [zI tz]]; first lra.
have zhi : z <> - hi by move=> zE; move: tz neg; rewrite zE; lra.
have zlo : z <> - lo by move=> zE; move: tz pos; rewrite zE; lra.
exists (- z); first lra.
rewrite /is_zero Ropp_involutive; split=> //; split=> u uz.
  by rewrite -tz; apply: theta_incr; lra.
by rewrite -tz; apply: theta_incr; lra.
Qed.

End Theta.

(* T13.1: at the threshold the formula meets that of finite index. *)
Theorem theta_edge p k : 1 < p -> theta p k (- einf p) = complexity (p - 1).
Proof.
move=> p1; have E0 := einf_gt0 p1; rewrite /theta rate_edge // Rmult_0_r.
rewrite (_ : (- einf p) ^ 2 = einf p ^ 2); last by ring.
by rewrite einf_sqr // /complexity; field; lra.
Qed.
