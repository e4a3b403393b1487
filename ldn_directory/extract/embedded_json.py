"""x"""
from ldn_directory.extract.page import Page
from ldn_directory.model import Extraction
def extract(page: Page) -> Extraction:
    return Extraction()
