-- How the pages of a list are read (JSON, crawl/reading_trial.py), which a person accepted with this run. When the run is taken back
-- it is no longer in `runs`, and so the reading before it holds again, or none.
CREATE TABLE accepted_readings (
  run INTEGER PRIMARY KEY REFERENCES all_runs (id) ON DELETE CASCADE,
  reading TEXT NOT NULL
) STRICT;
