"""The record of spills: which there were, how much water, in what weather, and how they are counted."""
