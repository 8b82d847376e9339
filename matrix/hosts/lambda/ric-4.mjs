// The runtime interface client of the managed runtimes from Node 24 on. It runs when it is loaded.

import 'aws-lambda-ric-4'
