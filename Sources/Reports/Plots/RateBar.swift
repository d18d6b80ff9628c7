import Results

/// A horizontal bar of a success rate with its interval, as wide as the table cell it is in.
func rateBar(_ proportion: Proportion, label: String) -> String {
  guard let rate = proportion.rate else { return "" }
  let interval = proportion.interval
  // Percent coordinates without a view box stretch with the page; text would not, so there is none.
  let whisker =
    "<line x1=\"\(percent(interval.lower, 2))%\" x2=\"\(percent(interval.upper, 2))%\" "
    + "y1=\"9\" y2=\"9\""
  return "<svg class=\"bar\" role=\"img\" aria-label=\"\(escaped(label)): "
    + "\(described(proportion))\">"
    + "<rect x=\"0\" y=\"4\" width=\"100%\" height=\"10\" class=\"track\"/>"
    + "<rect x=\"0\" y=\"4\" width=\"\(percent(rate, 2))%\" height=\"10\" class=\"column\"/>"
    // The pale line makes the dark one show on the bar.
    + "\(whisker) class=\"halo\"/>\(whisker) class=\"whisker\"/></svg>"
}
