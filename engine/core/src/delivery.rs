//! How an answer was spoken: pace, pauses, fillers, hedges. Shown beside the score, never inside it.
