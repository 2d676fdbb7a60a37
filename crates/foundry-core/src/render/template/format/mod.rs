//! Python's two ways to format: `'%d' % x` and `'{:d}'.format(x)`.

mod number;
mod percent;
mod spec;

pub(super) use percent::printf;
pub(super) use spec::str_format;
