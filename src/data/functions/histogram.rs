//! A histogram with a bounded number of buckets, each a place with a weight.
//!
//! Up to its bound it is exact; beyond, neighbours that lie closest together become one.

/// The buckets in the order of their places.
#[derive(Debug)]
pub struct Histogram {
    buckets: Vec<(f64, f64)>,
    most: usize,
    /// The weight of NaN, which lies above all places.
    undefined: f64,
}

/// With more buckets than this, some more are kept before they are joined, to save time.
const SMALL: usize = 256;

impl Histogram {
    /// An empty one, which keeps at most `most` buckets.
    pub fn new(most: usize) -> Self {
        Self { buckets: Vec::new(), most: most.max(1), undefined: 0.0 }
    }

    /// Adds a value.
    pub fn add(&mut self, value: f64, weight: f64) {
        if value.is_nan() {
            self.undefined += weight;
            return;
        }
        match self.buckets.binary_search_by(|(place, _)| place.total_cmp(&value)) {
            Ok(at) => {
                if let Some((_, known)) = self.buckets.get_mut(at) {
                    *known += weight;
                }
            }
            Err(at) => self.buckets.insert(at, (value, weight)),
        }
        let bound = if self.most > SMALL { self.most.saturating_mul(2) } else { self.most };
        if self.buckets.len() > bound {
            while self.buckets.len() > self.most {
                self.join();
            }
        }
    }

    /// Joins the neighbours that are closest, and all that are as close.
    fn join(&mut self) {
        let excess = self.buckets.len().saturating_sub(self.most);
        let mut gaps: Vec<f64> = self.buckets.windows(2).filter_map(gap).collect();
        gaps.sort_by(f64::total_cmp);
        let Some(widest) = gaps.get(excess.saturating_sub(1)).copied() else { return };
        let mut kept: Vec<(f64, f64)> = Vec::with_capacity(self.buckets.len());
        let (mut left, mut joined) = (excess, false);
        for (place, weight) in self.buckets.drain(..) {
            match kept.last_mut() {
                Some((before, known)) if left > 0 && !joined && place - *before <= widest => {
                    *before = (*before * *known + place * weight) / (*known + weight);
                    *known += weight;
                    (left, joined) = (left - 1, true);
                }
                _ => {
                    kept.push((place, weight));
                    joined = false;
                }
            }
        }
        self.buckets = kept;
    }

    /// The value below which this share of the weight lies, between two buckets if need be; nothing if there are none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total: f64 = self.buckets().map(|(_, weight)| weight).sum();
        let (mut below, mut before) = (0.0, None);
        for (place, weight) in self.buckets() {
            if (below + weight) / total >= share {
                return Some(match before {
                    None => place,
                    Some(before) => before + (share * total - below) * (place - before) / weight,
                });
            }
            below += weight;
            before = Some(place);
        }
        before
    }

    /// The buckets in order, NaN behind all places.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64)> {
        let undefined = (self.undefined > 0.0).then_some((f64::NAN, self.undefined));
        self.buckets.iter().copied().chain(undefined)
    }

    /// Bytes of the buckets.
    pub fn size(&self) -> usize {
        self.buckets.capacity() * size_of::<(f64, f64)>()
    }
}

fn gap(pair: &[(f64, f64)]) -> Option<f64> {
    match pair {
        [(before, _), (after, _)] => Some(after - before),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_kept_as_they_are_and_many_are_joined() {
        let mut histogram = Histogram::new(3);
        for value in [1.0, 2.0, 2.0, 10.0] {
            histogram.add(value, 1.0);
        }
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(1.0, 1.0), (2.0, 2.0), (10.0, 1.0)]);
        histogram.add(11.0, 1.0);
        assert_eq!(histogram.buckets().map(|(_, weight)| weight).sum::<f64>(), 5.0);
        assert_eq!(histogram.buckets().count(), 3);
        let mut large = Histogram::new(300);
        for value in 0..5_000 {
            large.add(f64::from(value), 1.0);
        }
        assert!(large.buckets().count() <= 600);
        assert!((large.quantile(0.5).unwrap() - 2_500.0).abs() < 50.0);
    }

    #[test]
    fn a_quantile_lies_between_the_buckets_around_it() {
        let mut histogram = Histogram::new(10);
        for value in [1300.0, 1300.0, 2450.0, 2450.0, 5000.0, 5000.0] {
            histogram.add(value, 1.0);
        }
        assert_eq!(histogram.quantile(0.3), Some(1300.0));
        assert_eq!(histogram.quantile(0.5), Some(1875.0));
        assert_eq!(histogram.quantile(1.0), Some(5000.0));
        assert_eq!(Histogram::new(10).quantile(0.5), None);
    }
}
