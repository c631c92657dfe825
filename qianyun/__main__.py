"""`python -m qianyun` is the same as `qianyun`."""

from qianyun.cli import main

if __name__ == "__main__":
    main()
