package console

import (
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Service is a page of the console that people ask for by a short name.
type Service struct {
	Name   string
	Title  string
	Global bool // it shows the same in every region, and is opened without one

	path string // with a fragment where the page is part of another's
}

// services is sorted by name. The paths are those that the console itself shows
// in the address bar, or leads on from. Left out are services whose console is
// not under the console's domain: Lightsail, QuickSight, Health.
var services = []Service{
	{"account", "Account", true, "/billing/home#/account"},
	{"acm", "Certificate Manager", false, "/acm/home"},
	{"alarms", "CloudWatch alarms", false, "/cloudwatch/home#alarmsV2:"},
	{"amplify", "Amplify", false, "/amplify/home"},
	{"apigateway", "API Gateway", false, "/apigateway/home"},
	{"appconfig", "AppConfig", false, "/systems-manager/appconfig"},
	{"apprunner", "App Runner", false, "/apprunner/home"},
	{"appsync", "AppSync", false, "/appsync/home"},
	{"artifact", "Artifact", true, "/artifact/home"},
	{"athena", "Athena", false, "/athena/home"},
	{"autoscaling", "EC2 Auto Scaling groups", false, "/ec2/home#AutoScalingGroups:"},
	{"backup", "Backup", false, "/backup/home"},
	{"batch", "Batch", false, "/batch/home"},
	{"bedrock", "Bedrock", false, "/bedrock/home"},
	{"billing", "Billing and Cost Management", true, "/billing/home"},
	{"budgets", "Budgets", true, "/billing/home#/budgets"},
	{"ce", "Cost Explorer", true, "/costmanagement/home#/cost-explorer"},
	{"cloud9", "Cloud9", false, "/cloud9/home"},
	{"cloudformation", "CloudFormation", false, "/cloudformation/home"},
	{"cloudfront", "CloudFront", true, "/cloudfront/v4/home"},
	{"cloudmap", "Cloud Map", false, "/cloudmap/home"},
	{"cloudshell", "CloudShell", false, "/cloudshell/home"},
	{"cloudtrail", "CloudTrail", false, "/cloudtrailv2/home"},
	{"cloudwatch", "CloudWatch", false, "/cloudwatch/home"},
	{"codeartifact", "CodeArtifact", false, "/codesuite/codeartifact/repositories"},
	{"codebuild", "CodeBuild", false, "/codesuite/codebuild/projects"},
	{"codecommit", "CodeCommit", false, "/codesuite/codecommit/repositories"},
	{"codedeploy", "CodeDeploy", false, "/codesuite/codedeploy/applications"},
	{"codepipeline", "CodePipeline", false, "/codesuite/codepipeline/pipelines"},
	{"cognito", "Cognito", false, "/cognito/v2/home"},
	{"config", "Config", false, "/config/home"},
	{"connect", "Connect", false, "/connect/v2/app/instances"},
	{"controltower", "Control Tower", false, "/controltower/home"},
	{"datasync", "DataSync", false, "/datasync/home"},
	{"directconnect", "Direct Connect", false, "/directconnect/v2/home"},
	{"directory", "Directory Service", false, "/directoryservicev2/home"},
	{"dms", "Database Migration Service", false, "/dms/v2/home"},
	{"docdb", "DocumentDB", false, "/docdb/home"},
	{"dynamodb", "DynamoDB", false, "/dynamodbv2/home"},
	{"ebs", "EC2 volumes", false, "/ec2/home#Volumes:"},
	{"ec2", "EC2", false, "/ec2/home"},
	{"ecr", "Elastic Container Registry", false, "/ecr/home"},
	{"ecs", "Elastic Container Service", false, "/ecs/v2/home"},
	{"efs", "EFS", false, "/efs/home"},
	{"eks", "Elastic Kubernetes Service", false, "/eks/home"},
	{"elasticache", "ElastiCache", false, "/elasticache/home"},
	{"elasticbeanstalk", "Elastic Beanstalk", false, "/elasticbeanstalk/home"},
	{"elb", "EC2 load balancers", false, "/ec2/home#LoadBalancers:"},
	{"emr", "EMR", false, "/emr/home"},
	{"eventbridge", "EventBridge", false, "/events/home"},
	{"firehose", "Data Firehose", false, "/firehose/home"},
	{"fsx", "FSx", false, "/fsx/home"},
	{"gamelift", "GameLift", false, "/gamelift/home"},
	{"globalaccelerator", "Global Accelerator", true, "/globalaccelerator/home"},
	{"glue", "Glue", false, "/glue/home"},
	{"grafana", "Managed Grafana", false, "/grafana/home"},
	{"guardduty", "GuardDuty", false, "/guardduty/home"},
	{"iam", "IAM", true, "/iam/home"},
	{"identitycenter", "IAM Identity Center", false, "/singlesignon/home"},
	{"imagebuilder", "EC2 Image Builder", false, "/imagebuilder/home"},
	{"inspector", "Inspector", false, "/inspector/v2/home"},
	{"iot", "IoT Core", false, "/iot/home"},
	{"kendra", "Kendra", false, "/kendra/home"},
	{"keyspaces", "Keyspaces", false, "/keyspaces/home"},
	{"kinesis", "Kinesis", false, "/kinesis/home"},
	{"kms", "Key Management Service", false, "/kms/home"},
	{"lakeformation", "Lake Formation", false, "/lakeformation/home"},
	{"lambda", "Lambda", false, "/lambda/home"},
	{"license", "License Manager", false, "/license-manager/home"},
	{"logs", "CloudWatch log groups", false, "/cloudwatch/home#logsV2:log-groups"},
	{"macie", "Macie", false, "/macie/home"},
	{"memorydb", "MemoryDB", false, "/memorydb/home"},
	{"metrics", "CloudWatch metrics", false, "/cloudwatch/home#metricsV2:"},
	{"mq", "Amazon MQ", false, "/amazon-mq/home"},
	{"msk", "Managed Streaming for Kafka", false, "/msk/home"},
	{"mwaa", "Managed Airflow", false, "/mwaa/home"},
	{"neptune", "Neptune", false, "/neptune/home"},
	{"opensearch", "OpenSearch", false, "/aos/home"},
	{"organizations", "Organizations", true, "/organizations/v2/home"},
	{"parameters", "Parameter Store", false, "/systems-manager/parameters"},
	{"ram", "Resource Access Manager", false, "/ram/home"},
	{"rds", "RDS", false, "/rds/home"},
	{"redshift", "Redshift", false, "/redshiftv2/home"},
	{"resourcegroups", "Resource Groups", false, "/resource-groups/home"},
	{"route53", "Route 53", true, "/route53/v2/home"},
	{"s3", "S3", false, "/s3/home"},
	{"sagemaker", "SageMaker", false, "/sagemaker/home"},
	{"secretsmanager", "Secrets Manager", false, "/secretsmanager/home"},
	{"securitygroups", "EC2 security groups", false, "/ec2/home#SecurityGroups:"},
	{"securityhub", "Security Hub", false, "/securityhub/home"},
	{"servicecatalog", "Service Catalog", false, "/servicecatalog/home"},
	{"servicequotas", "Service Quotas", false, "/servicequotas/home"},
	{"ses", "Simple Email Service", false, "/ses/home"},
	{"sessionmanager", "Session Manager", false, "/systems-manager/session-manager/sessions"},
	{"sns", "Simple Notification Service", false, "/sns/v3/home"},
	{"sqs", "Simple Queue Service", false, "/sqs/v3/home"},
	{"ssm", "Systems Manager", false, "/systems-manager/home"},
	{"stepfunctions", "Step Functions", false, "/states/home"},
	{"storagegateway", "Storage Gateway", false, "/storagegateway/home"},
	{"support", "Support", true, "/support/home"},
	{"tageditor", "Tag Editor", false, "/resource-groups/tag-editor"},
	{"timestream", "Timestream", false, "/timestream/home"},
	{"transfer", "Transfer Family", false, "/transfer/home"},
	{"trustedadvisor", "Trusted Advisor", true, "/trustedadvisor/home"},
	{"vpc", "VPC", false, "/vpc/home"},
	{"waf", "WAF and Shield", false, "/wafv2/homev2"},
	{"wellarchitected", "Well-Architected Tool", false, "/wellarchitected/home"},
	{"workspaces", "WorkSpaces", false, "/workspaces/v2/home"},
	{"xray", "X-Ray traces", false, "/cloudwatch/home#xray:traces/query"},
}

// nicknames are further names that people use, most of them AWS's own prefixes
// of endpoints and the command line's names. Completion leaves them out.
var nicknames = map[string]string{
	"airflow": "mwaa", "apigw": "apigateway", "asg": "autoscaling", "aurora": "rds", "cf": "cloudfront",
	"cfn": "cloudformation", "cognito-idp": "cognito", "costexplorer": "ce", "ct": "cloudtrail", "cw": "cloudwatch",
	"ddb": "dynamodb", "ds": "directory", "dx": "directconnect", "eb": "elasticbeanstalk", "elbv2": "elb", "es": "opensearch",
	"events": "eventbridge", "kafka": "msk", "org": "organizations", "params": "parameters", "r53": "route53",
	"resource-groups": "resourcegroups", "secrets": "secretsmanager", "sfn": "stepfunctions", "sg": "securitygroups",
	"sm": "secretsmanager", "sso": "identitycenter", "states": "stepfunctions", "stepfn": "stepfunctions",
	"systems-manager": "ssm", "wafv2": "waf",
}

// Services returns what --service knows and a menu lists, sorted by name.
func Services() []Service { return slices.Clone(services) }

// LookupService returns the service of this short name or nickname.
func LookupService(name string) (Service, error) {
	low := strings.ToLower(name)
	if full, ok := nicknames[low]; ok {
		low = full
	}
	i, ok := slices.BinarySearchFunc(services, low, func(s Service, name string) int { return strings.Compare(s.Name, name) })
	if ok {
		return services[i], nil
	}
	f := vaultcore.Faultf(vaultcore.ErrRequest, "no service %q is known", vaultcore.Printable(name))
	if near := servicesLike(low); len(near) > 0 {
		return Service{}, f.WithHint("similar services: %s", strings.Join(near, ", "))
	}
	return Service{}, f.WithHint("--path=/… opens any page of the console; --service completes the names it knows")
}

// servicesLike returns the few names that name is a part of, or that are part of
// it, or that a slip of the hand makes of it.
func servicesLike(name string) []string {
	var near []string
	for _, s := range services {
		alike := strings.Contains(s.Name, name) || strings.Contains(name, s.Name) || len(name) > 3 && vaultcore.Slips(name, s.Name) <= 2
		if len(name) > 1 && len(near) < 5 && alike {
			near = append(near, s.Name)
		}
	}
	return near
}
