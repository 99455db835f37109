import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])  # started as a folder: its modules belong to a package

from python_agent.agent import main  # noqa: E402
from python_agent.options import parse  # noqa: E402

sys.exit(main(parse(sys.argv[1:])))
