-- To whom or what something was done, where that is not the one who did it.

ALTER TABLE audit ADD COLUMN target TEXT;
