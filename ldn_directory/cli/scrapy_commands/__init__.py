"""Commands of the `scrapy` program in this project (Scrapy's COMMANDS_MODULE)."""
