"""What decides whether a merge goes through: rules, the baseline they compare with, and the statistics behind them."""
