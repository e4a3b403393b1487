from ldn_directory.cli.app import main

main()
