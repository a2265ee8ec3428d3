"""Quality control, one test a file, with QARTOD flags (IOOS, Manual for Real-Time Quality Control of Water Level Data)."""
