//! A strict and nasty stand-in for the portal.
