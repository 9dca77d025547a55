"""`python -m keras_snn.cli` is `keras-snn`."""

import sys

from keras_snn.cli.main import main

sys.exit(main())
