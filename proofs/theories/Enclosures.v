(* Certified values of the constants that the code uses                       *)
(*                                                                            *)
(* Ids         T8.1, T8.2, T8.5 ..; one theorem per entry of constants.toml   *)
(* Reference   Auffinger, Ben Arous, Cerny (2013), for E_k and E_inf.          *)
(* Notation    einf, theta, is_zero from Constants.v; complexity from         *)
(*             FiniteIndex.v. Written by tools/enclosures.py: do not edit.    *)
From Coq Require Import Reals Lra.
From Interval Require Import Tactic Float.Specific_ops Float.Specific_stdz.
From Hessian Require Import FiniteIndex Constants.

Local Open Scope R_scope.

(* Intervals over the integers of Coq itself: no axiom about machine integers. *)
Module SFZ := SpecificFloat StdZRadix2.
Module ITZ := IntervalTactic SFZ.
Import ITZ.

Local Ltac enclose := unfold complexity, theta, rate, einf; simpl INR; interval with (i_prec 120).

Theorem einf_3 : (1632993161855 / 10 ^ 12) < einf 3 < (1632993161856 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_3 : exists2 e, (1656998363527 / 10 ^ 12) < e < (1656998363528 / 10 ^ 12) & is_zero 3 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_3 : exists2 e, (1652873198103 / 10 ^ 12) < e < (1652873198104 / 10 ^ 12) & is_zero 3 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_3 : exists2 e, (1650253127439 / 10 ^ 12) < e < (1650253127440 / 10 ^ 12) & is_zero 3 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_3 : exists2 e, (1648399021908 / 10 ^ 12) < e < (1648399021909 / 10 ^ 12) & is_zero 3 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_3 : exists2 e, (1646998567155 / 10 ^ 12) < e < (1646998567156 / 10 ^ 12) & is_zero 3 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem einf_4 : (1732050807568 / 10 ^ 12) < einf 4 < (1732050807569 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_4 : exists2 e, (1794085028179 / 10 ^ 12) < e < (1794085028180 / 10 ^ 12) & is_zero 4 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_4 : exists2 e, (1783300301254 / 10 ^ 12) < e < (1783300301255 / 10 ^ 12) & is_zero 4 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_4 : exists2 e, (1776477611700 / 10 ^ 12) < e < (1776477611701 / 10 ^ 12) & is_zero 4 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_4 : exists2 e, (1771662171491 / 10 ^ 12) < e < (1771662171492 / 10 ^ 12) & is_zero 4 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_4 : exists2 e, (1768031874055 / 10 ^ 12) < e < (1768031874056 / 10 ^ 12) & is_zero 4 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem einf_5 : (1788854381999 / 10 ^ 12) < einf 5 < (1788854382000 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_5 : exists2 e, (1887988826368 / 10 ^ 12) < e < (1887988826369 / 10 ^ 12) & is_zero 5 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_5 : exists2 e, (1870575635476 / 10 ^ 12) < e < (1870575635477 / 10 ^ 12) & is_zero 5 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_5 : exists2 e, (1859598916261 / 10 ^ 12) < e < (1859598916262 / 10 ^ 12) & is_zero 5 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_5 : exists2 e, (1851869787722 / 10 ^ 12) < e < (1851869787723 / 10 ^ 12) & is_zero 5 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_5 : exists2 e, (1846052821433 / 10 ^ 12) < e < (1846052821434 / 10 ^ 12) & is_zero 5 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem einf_6 : (1825741858350 / 10 ^ 12) < einf 6 < (1825741858351 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_6 : exists2 e, (1958665998952 / 10 ^ 12) < e < (1958665998953 / 10 ^ 12) & is_zero 6 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_6 : exists2 e, (1935111808002 / 10 ^ 12) < e < (1935111808003 / 10 ^ 12) & is_zero 6 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_6 : exists2 e, (1920309637581 / 10 ^ 12) < e < (1920309637582 / 10 ^ 12) & is_zero 6 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_6 : exists2 e, (1909907897924 / 10 ^ 12) < e < (1909907897925 / 10 ^ 12) & is_zero 6 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_6 : exists2 e, (1902090929812 / 10 ^ 12) < e < (1902090929813 / 10 ^ 12) & is_zero 6 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem einf_8 : (1870828693386 / 10 ^ 12) < einf 8 < (1870828693387 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_8 : exists2 e, (2061504064669 / 10 ^ 12) < e < (2061504064670 / 10 ^ 12) & is_zero 8 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_8 : exists2 e, (2027241883972 / 10 ^ 12) < e < (2027241883973 / 10 ^ 12) & is_zero 8 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_8 : exists2 e, (2005817034648 / 10 ^ 12) < e < (2005817034649 / 10 ^ 12) & is_zero 8 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_8 : exists2 e, (1990810144385 / 10 ^ 12) < e < (1990810144386 / 10 ^ 12) & is_zero 8 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_8 : exists2 e, (1979558670217 / 10 ^ 12) < e < (1979558670218 / 10 ^ 12) & is_zero 8 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem einf_10 : (1897366596101 / 10 ^ 12) < einf 10 < (1897366596102 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_10 : exists2 e, (2135363800450 / 10 ^ 12) < e < (2135363800451 / 10 ^ 12) & is_zero 10 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_10 : exists2 e, (2092142491018 / 10 ^ 12) < e < (2092142491019 / 10 ^ 12) & is_zero 10 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_10 : exists2 e, (2065218604966 / 10 ^ 12) < e < (2065218604967 / 10 ^ 12) & is_zero 10 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_10 : exists2 e, (2046406850476 / 10 ^ 12) < e < (2046406850477 / 10 ^ 12) & is_zero 10 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_10 : exists2 e, (2032327851276 / 10 ^ 12) < e < (2032327851277 / 10 ^ 12) & is_zero 10 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem einf_50 : (1979898987322 / 10 ^ 12) < einf 50 < (1979898987323 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem E0_50 : exists2 e, (2573907714890 / 10 ^ 12) < e < (2573907714891 / 10 ^ 12) & is_zero 50 0 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E1_50 : exists2 e, (2459082420195 / 10 ^ 12) < e < (2459082420196 / 10 ^ 12) & is_zero 50 1 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E2_50 : exists2 e, (2389218600789 / 10 ^ 12) < e < (2389218600790 / 10 ^ 12) & is_zero 50 2 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E3_50 : exists2 e, (2341135965764 / 10 ^ 12) < e < (2341135965765 / 10 ^ 12) & is_zero 50 3 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem E4_50 : exists2 e, (2305534473088 / 10 ^ 12) < e < (2305534473089 / 10 ^ 12) & is_zero 50 4 e.
Proof. apply zero_enclosed; [lra|enclose|lra|enclose|enclose]. Qed.

Theorem complexity_3 : (13240256946 / 10 ^ 12) < complexity (3 - 1) < (13240256947 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_4 : (49306144334 / 10 ^ 12) < complexity (4 - 1) < (49306144335 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_5 : (93147180559 / 10 ^ 12) < complexity (5 - 1) < (93147180560 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_6 : (138052289550 / 10 ^ 12) < complexity (6 - 1) < (138052289551 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_8 : (222955074527 / 10 ^ 12) < complexity (8 - 1) < (222955074528 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_10 : (298612288668 / 10 ^ 12) < complexity (10 - 1) < (298612288669 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_50 : (985910149055 / 10 ^ 12) < complexity (50 - 1) < (985910149056 / 10 ^ 12).
Proof. split; enclose. Qed.

Theorem complexity_100 : (1317559925067 / 10 ^ 12) < complexity (100 - 1) < (1317559925068 / 10 ^ 12).
Proof. split; enclose. Qed.
