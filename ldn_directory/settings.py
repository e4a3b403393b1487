"""Every Scrapy setting: who we say we are, how politely we ask, how much we take, what we refuse.

The environment sets two things: `LDN_CONTACT` (an e-mail or web address where a site's owner reaches whoever runs the
crawl; without it no web source is touched) and `LDN_DATA` (where generated files live).
"""

from __future__ import annotations

import os

from . import __version__
from .storage import DATA

BOT_NAME = "ldn-directory"
SPIDER_MODULES = ["ldn_directory.spiders"]
NEWSPIDER_MODULE = "ldn_directory.spiders"

LDN_CONTACT = os.environ.get("LDN_CONTACT", "").strip()
LDN_DATA = os.environ.get("LDN_DATA", str(DATA))
LDN_RUN = ""
LDN_FORGETTING = True

USER_AGENT = f"ldn-directory/{__version__} (+{LDN_CONTACT or 'no contact set'})"

# Politeness: one request at a time, five seconds apart, per site. The machine itself needs no such care.
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "ldn-directory"
CONCURRENT_REQUESTS = 16
CONCURRENT_ITEMS = 2  # A page yields a request or two: Scrapy would start a hundred tasks for them.
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

# The archive is the cache: every response as WARC, and conditional requests for what is already there.
HTTPCACHE_ENABLED = True
HTTPCACHE_STORAGE = "ldn_directory.crawl.archive_cache.WarcStorage"
HTTPCACHE_POLICY = "ldn_directory.crawl.archive_cache.RevalidateAlways"
HTTPCACHE_ALWAYS_STORE = True
HTTPCACHE_IGNORE_SCHEMES = ["file"]

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "ldn_directory.crawl.politeness.Reachable": 40,
    "ldn_directory.crawl.politeness.OwnSite": 50,
    "ldn_directory.crawl.robots.ClosedRobots": 100,
    "ldn_directory.crawl.politeness.PatientRetry": 550,
    "ldn_directory.crawl.politeness.Blocked": 560,
    "ldn_directory.archive.content_encoding.WholeCompression": 590,
    "ldn_directory.crawl.politeness.SameSiteRedirect": 600,
    "ldn_directory.crawl.archive_cache.ConfirmingCache": 900,
    "ldn_directory.crawl.archive_cache.EveryResponse": 910,
    "ldn_directory.crawl.site_throttle.OneAtATime": 920,
}
# What is switched off above is not even loaded: half of a short crawl went into importing it.
EXTENSIONS = {
    "ldn_directory.crawl.harvest_extension.Harvesting": 500,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
}
TWISTED_DNS_RESOLVER = "ldn_directory.crawl.resolver.PublicResolver"

TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
LOG_LEVEL = "WARNING"
WARN_ON_GENERATOR_RETURN_VALUE = False
LOGSTATS_INTERVAL = 0
FEED_EXPORT_ENCODING = "utf-8"
