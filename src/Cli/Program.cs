using SAMed.MLNet.Cli;
using SAMed.MLNet.Cli.Hosting;

using var host = CliHost.ForProcess();
return SamedApp.Run(args, host);
