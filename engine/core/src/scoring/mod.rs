//! From a transcript and a rubric to an assessment.
