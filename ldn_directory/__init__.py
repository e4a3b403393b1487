"""A directory of public listings of low-dose naltrexone prescribers and pharmacies, dated and sourced."""

__version__ = "0.1.0"
