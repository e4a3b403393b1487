from ldn_directory.cli import main

main()
