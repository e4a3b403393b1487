"""Every Scrapy setting: how the crawl identifies itself, how politely it asks, its limits, and what it refuses.

The environment sets two of them: `LDN_CONTACT` (an e-mail or web address where a site's owner reaches whoever runs the
crawl; without it no web site is touched) and `LDN_DATA` (the folder of generated files).
"""

from __future__ import annotations

import os
from dataclasses import fields

from . import __version__
from .model import Listing
from .storage import DATA

BOT_NAME = "ldn-directory"
SPIDER_MODULES = ["ldn_directory.spiders"]
SPIDER_LOADER_CLASS = "ldn_directory.crawl.spider_loader.FileByFileLoader"
NEWSPIDER_MODULE = "ldn_directory.spiders"
COMMANDS_MODULE = "ldn_directory.cli.scrapy_commands"

LDN_CONTACT = os.environ.get("LDN_CONTACT", "").strip()
LDN_DATA = os.environ.get("LDN_DATA", str(DATA))
LDN_RUN = ""
LDN_STOP_WHEN_BLOCKED = True
LDN_NEW_READING = False
LDN_READ_AGAIN = False

USER_AGENT = f"ldn-directory/{__version__} (+{LDN_CONTACT or 'no contact set'})"

# Politeness: one request at a time for a site, five seconds apart. This machine itself needs no such care.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "ldn-directory"
CONCURRENT_REQUESTS = 16
CONCURRENT_ITEMS = 2  # A page yields a request or two; by default Scrapy starts a hundred tasks for them.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 5
DOWNLOAD_DELAY_JITTER = 0
DOWNLOAD_SLOTS = {host: {"concurrency": 8, "delay": 0} for host in ("127.0.0.1", "localhost", "::1")}
DOWNLOAD_TIMEOUT = 60
RETRY_TIMES = 2
RETRY_HTTP_CODES = [429, 500, 502, 503, 504, 408]
LDN_RETRY_AFTER_MOST_SECONDS = 300
LDN_CRAWL_DELAY_MOST_SECONDS = 300

# Limits: a list is a few hundred kilobytes; anything near these is not a list.
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024
DOWNLOAD_WARNSIZE = 16 * 1024 * 1024
REDIRECT_MAX_TIMES = 5
DEPTH_LIMIT = 0
LDN_MOST_PAGES = 5_000
LDN_MOST_LISTINGS = 100_000
LDN_MOST_BYTES = 1024 * 1024 * 1024
LDN_MOST_RUN_LISTINGS = 1_000_000
LDN_MOST_RUN_BYTES = 8 * 1024 * 1024 * 1024

# Security.
DOWNLOAD_VERIFY_CERTIFICATES = True
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
METAREFRESH_ENABLED = False
HTTPPROXY_ENABLED = False
DOWNLOAD_HANDLERS = {"data": None, "ftp": None, "s3": None}
REFERRER_POLICY = "no-referrer"
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en,*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}

# The archive is the cache: every response is kept as WARC, and revalidated by the next crawl.
HTTPCACHE_ENABLED = True
HTTPCACHE_STORAGE = "ldn_directory.crawl.archive_cache.WarcCacheStorage"
HTTPCACHE_POLICY = "ldn_directory.crawl.archive_cache.RevalidateAlwaysPolicy"
HTTPCACHE_ALWAYS_STORE = True
HTTPCACHE_IGNORE_SCHEMES = ["file"]

# Scrapy's own are replaced or not needed. Those that are off are not even imported, which halves a short crawl.
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "ldn_directory.crawl.middlewares.ContactMiddleware": 40,
    "ldn_directory.crawl.middlewares.OwnSiteMiddleware": 50,
    "ldn_directory.crawl.middlewares.PublicAddressMiddleware": 55,
    "ldn_directory.crawl.robots.RobotsMiddleware": 100,
    "ldn_directory.crawl.middlewares.RetryAfterMiddleware": 550,
    "ldn_directory.crawl.middlewares.BlockedMiddleware": 560,
    "ldn_directory.crawl.middlewares.StrictCompressionMiddleware": 590,
    "ldn_directory.crawl.middlewares.SameSiteRedirectMiddleware": 600,
    "ldn_directory.crawl.archive_cache.RevalidatingCacheMiddleware": 900,
    "ldn_directory.crawl.archive_cache.ArchiveMiddleware": 910,
    "ldn_directory.crawl.site_throttle.SiteThrottleMiddleware": 920,
}
EXTENSIONS = {
    "ldn_directory.crawl.harvest_extension.HarvestExtension": 500,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
}
TWISTED_DNS_RESOLVER = "ldn_directory.crawl.resolver.PublicResolver"

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
LOG_LEVEL = "WARNING"
WARN_ON_GENERATOR_RETURN_VALUE = False
LOGSTATS_INTERVAL = 0

# `scrapy crawl NAME -o FILE` writes the listings; `runs/<run>/<source>/listings.jsonl` has them in any case.
FEED_EXPORT_ENCODING = "utf-8"
FEED_EXPORT_FIELDS = ["id", *(field.name for field in fields(Listing))]
FEED_EXPORTERS = {"csv": "ldn_directory.crawl.csv_feed.ListingCsvExporter"}
