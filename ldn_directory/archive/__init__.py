"""What was fetched and harvested, on disk: WARC files with an index, and the folders of runs."""
