//! Laws of random estimates. Each test states how often it fails by chance and the smallest
//! discrepancy that it catches; seeds are never changed to make one pass.

mod estimates;
