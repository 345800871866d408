//! Pages of long lists.

/// The most items on one page, as the lists of the API promise.
pub const PAGE_LIMIT_MAX: u32 = 10_000;

/// Items on a page when the caller does not say: enough for a table on a screen.
pub const PAGE_LIMIT_DEFAULT: u32 = 100;

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    page: u32,
    limit: u32,
}

/// Why a page cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Pages count from 1.
    #[error("page counts from 1")]
    Page,
    /// `limit` is out of range.
    #[error("limit lies between 1 and {PAGE_LIMIT_MAX}, not at {0}")]
    Limit(u32),
}

impl PageRequest {
    /// Page `page` (from 1) with `limit` items.
    ///
    /// # Errors
    /// When either is out of range.
    pub fn new(page: u32, limit: u32) -> Result<Self, PageError> {
        if page == 0 {
            return Err(PageError::Page);
        }
        if limit == 0 || limit > PAGE_LIMIT_MAX {
            return Err(PageError::Limit(limit));
        }
        Ok(Self { page, limit })
    }

    /// The page's number, from 1.
    #[must_use]
    pub const fn page(self) -> u32 {
        self.page
    }

    /// The most items on it.
    #[must_use]
    pub const fn limit(self) -> u32 {
        self.limit
    }

    /// How many items come before it.
    #[must_use]
    pub const fn offset(self) -> i64 {
        (self.page as i64 - 1) * self.limit as i64
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            page: 1,
            limit: PAGE_LIMIT_DEFAULT,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items on it.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
    /// What was asked for.
    pub request: PageRequest,
}
