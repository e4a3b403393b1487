"""Crawls lists and judges their harvests. The road of a page:

1. `base_spider.ListSpider` requests it. `middlewares`, `robots` and `site_throttle` decide whether and when it is sent.
2. `archive_cache` writes the response to the WARC file of the run.
3. `worker_pool` gives it to a worker, where `page_worker.parse` extracts the records and maps them to listings.
4. `run.CrawlRun` adds the listings, in the order of the pages.
5. When the spider closes, `harvest_extension` takes the harvest through the `gates` into the ledger.

`runner.crawl` does this for several sources at once; `recheck`, `register_lookups` and `fetch` use steps 1 and 2 alone.
"""
